"""Foreign exceptions become errors of this package, without what they quote."""

import pytest

from cronofy_frames.errors import CronofyError, NotFound, TransportError
from cronofy_frames.wire.boundary import Boundary
from cronofy_frames.wire.endpoint import ENDPOINTS, Call

CALL = Call(ENDPOINTS["read_events"], {})
PLANTED = "planted"


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", PLANTED.encode(), 0, 1, PLANTED),
        UnicodeEncodeError("utf-8", PLANTED, 0, 1, PLANTED),
        KeyError(PLANTED),
        RecursionError(PLANTED),
        OverflowError(PLANTED),
    ],
)
def test_what_an_exception_quotes_is_not_kept(error: Exception) -> None:
    """The own error names the kind of exception; the original, which stays its context, has lost its text."""
    name = type(error).__name__
    with (
        pytest.raises(TransportError, match=rf"page failed \({name}\)") as caught,
        Boundary(CALL, "page failed"),
    ):
        raise error
    assert (caught.value.call, caught.value.again, caught.value.__cause__) == (CALL, False, None)
    assert PLANTED not in repr([error.args, getattr(error, "object", ""), caught.value.__context__])


@pytest.mark.parametrize("error", [CronofyError("own"), NotFound(404, None, CALL), OSError("own"), KeyboardInterrupt()])
def test_own_errors_and_those_of_others_pass(error: BaseException) -> None:
    """NotFound is a LookupError too, and passes as it is; so do errors of the operating system."""
    with pytest.raises(type(error)) as caught, Boundary(CALL, "a page"):
        raise error
    assert caught.value is error
