"""Many runs: looking for schedules that break a protocol, and making them small."""
