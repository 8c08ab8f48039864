// lab: runs the five servers side by side.

import LabKit
import Shared

print("lab")
