"""Profiles: chosen by name, without deadlines, the same each time in continuous integration."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from paxos_des.errors import InputError
from paxos_des.testing.plugin import PROFILE
from paxos_des.testing.profiles import PROFILES, choose


@pytest.fixture
def as_before() -> Iterator[None]:
    name = settings.get_current_profile_name()
    yield
    settings.load_profile(name)


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("name", ["dev", "ci", "deep"])
def test_a_profile_is_chosen_by_its_short_or_its_long_name(name: str) -> None:
    for chosen in (name, f"paxos-des-{name}"):
        choose(chosen)

        assert settings.get_current_profile_name() == f"paxos-des-{name}"


def test_no_profile_has_a_deadline() -> None:
    assert [profile.deadline for profile in PROFILES.values()] == [None] * 3


def test_continuous_integration_tries_the_same_each_time() -> None:
    assert PROFILES["ci"].derandomize
    assert PROFILES["ci"].database is None


def test_a_profile_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"profile: found 'depe' .did you mean 'deep'"):
        choose("depe")


def test_the_environment_names_profiles_as_the_page_says() -> None:
    assert PROFILE == "PAXOS_DES_PROFILE"
