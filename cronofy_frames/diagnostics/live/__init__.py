"""Live check: reads a real account, and compares its answers with the contract and with what the sandbox assumes."""

from cronofy_frames.diagnostics.live.check import check_account as check_account
from cronofy_frames.diagnostics.live.report import LiveReport as LiveReport
