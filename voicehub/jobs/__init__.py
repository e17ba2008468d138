"""Work that outlives its asker: workers that run rows of a queue, and who keeps them alive."""

from voicehub.jobs.context import Context, Handler, JobLostError
from voicehub.jobs.supervisor import Supervisor
from voicehub.jobs.worker import Timing, run_lane

__all__ = ["Context", "Handler", "JobLostError", "Supervisor", "Timing", "run_lane"]
