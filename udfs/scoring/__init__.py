"""Models inside the job: loaded off the hot path, asked within their budget."""

import os

# onnxruntime's wheels for Linux report their use to its maker, unless this is set before they are imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
