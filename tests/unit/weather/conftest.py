"""The weather page is an application beside the project, not a part of it: its folder is put on the path here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "weather"))
