"""What is set up, what is not, and the exact next step."""

from cronofy_frames.checkup.examining import doctor as doctor
from cronofy_frames.checkup.findings import Checkup as Checkup
from cronofy_frames.checkup.findings import Finding as Finding
