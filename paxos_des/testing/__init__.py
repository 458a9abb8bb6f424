"""For other people's test suites: Hypothesis strategies, a pytest plugin, `assert_safe`."""
