"""One compute thread a test process, set before anything imports torch.

Several test processes share the cores, and threads that spin while they wait would starve them.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
