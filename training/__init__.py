"""Learn models from what happened, and export them for the job."""

import os

# onnxruntime's wheels for Linux report their use to its maker, unless this is set before they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
