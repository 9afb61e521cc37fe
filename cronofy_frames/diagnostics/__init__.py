"""What is set up, what is not, and the exact next step."""

from cronofy_frames.diagnostics.doctor import doctor as doctor
from cronofy_frames.diagnostics.report import Checkup as Checkup
from cronofy_frames.diagnostics.report import Finding as Finding
