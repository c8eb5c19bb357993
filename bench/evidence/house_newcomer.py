"""Claim 3 of the house: somebody who knows only the README places random pieces of code, and names the file for what is not built yet.

`bench/evidence/pieces.py` draws the pieces and scores the answers; an outsider has filled in the sheet. This check draws the pieces again.
"""

import json

from bench.evidence.pieces import PIECES, RESULT, draw, room_of, rooms, tree
from bench.report import Claim, at_least, exactly, measured

GOAL = 18


def check() -> list[Claim]:
    """The answers of the last outsider, and whether the README has a room for every file."""
    files = tree("HEAD")
    known = rooms(files["README.md"])
    homeless = [path for path, text in files.items() if path.endswith(".py") and text.strip() and not room_of(path, known)]
    claims = [
        measured("rooms in the README's tables", len(known), "rooms"),
        exactly("files of the product that no room of the README holds", len(homeless), "files", 0),
    ]
    if not RESULT.exists():
        return [*claims, exactly("answer sheets of an outsider (python -m bench.evidence.pieces draw)", 0, "sheets", 1)]
    found = json.loads(RESULT.read_text())
    again = [(piece.file, piece.line, piece.room) for piece in draw(tree(found["commit"]), seed=found["seed"])]
    same = again == [(each["file"], each["line"], each["room"]) for each in found["pieces"]]
    placed, named = (sum(bool(each["right"]) for each in found[part]) for part in ("pieces", "files"))
    return [
        *claims,
        exactly(f"drawn again with seed {found['seed']}: the pieces that were asked about", int(same), "", 1),
        at_least(
            f"of {PIECES} random pieces of ten lines, placed in their room by {found['who'] or 'somebody'} with only the README", placed, "", GOAL
        ),
        exactly("of a cap per offer, a bandit, an identity merge and attribution: the file was named", named, "", len(found["files"])),
    ]
