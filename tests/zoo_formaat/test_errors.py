"""The user's error carries its one line and nothing else."""

from zoo_formaat.errors import UserError


def test_message_is_what_was_said_and_an_ordinary_except_catches_it():
    try:
        raise UserError("contract brp.toml, regel 3: onbekend veld 'bronn'")
    except Exception as error:  # noqa: BLE001 - a caller's broad handler
        assert str(error) == "contract brp.toml, regel 3: onbekend veld 'bronn'"
