"""Golden payloads: what the seeds and PROTOCOL.md ask for, one file a call, and the comparison with a request."""

import pytest

pytest.register_assert_rewrite("tests.wire.golden.cases")
