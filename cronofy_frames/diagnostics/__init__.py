"""Diagnostics: what is set up, what is not, and the next step (`cf.doctor`)."""

from cronofy_frames.diagnostics.doctor import doctor as doctor
from cronofy_frames.diagnostics.live import LiveReport as LiveReport
from cronofy_frames.diagnostics.report import DoctorReport as DoctorReport
from cronofy_frames.diagnostics.report import Finding as Finding
