"""What uploads leave in memory: nothing."""

from pathlib import Path

from include.localcloud.running import LocalCloud
from tests.support.cloud import make_clients

BODY = bytes(64 << 20)


def peak_bytes(cloud: LocalCloud) -> int:
    """The most memory that the process has had (proc_pid_status(5))."""
    lines = Path(f"/proc/{cloud.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_a_body_is_let_go_of_when_it_is_kept() -> None:
    with LocalCloud() as cloud:
        clients = make_clients(cloud.url)
        clients.s3.create_bucket(Bucket="large-objects")
        idle = peak_bytes(cloud)
        clients.s3.put_object(Bucket="large-objects", Key="0", Body=BODY)
        first = peak_bytes(cloud)
        for number in range(1, 6):
            clients.s3.put_object(Bucket="large-objects", Key=str(number), Body=BODY)
        assert first - idle > len(BODY)
        assert first - idle < 3 * len(BODY)
        assert peak_bytes(cloud) - first < len(BODY)
        found = clients.s3.get_object(Bucket="large-objects", Key="5")["Body"].read()
        assert found == BODY
        clients.close()
