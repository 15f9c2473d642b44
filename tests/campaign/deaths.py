"""How a host's life ends in a campaign that kills it."""
import signal


def end_life(host, point, when, problems):
    """Kills the host unless it is dead. True: it died at its fail point by itself. Any other end of its own is a problem."""
    died = host.child.returncode
    if died is None:
        host.kill()
        return False
    if died == -signal.SIGKILL and point:
        return True
    problems.append(f"{when}: the host ended by itself with {died}:\n{host.tail()}")
    return False
