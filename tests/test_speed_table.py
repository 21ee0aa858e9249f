"""The figures of speed that the README gives are those of the latest committed results."""

from benchmarks.readme import in_readme, latest, table


def test_the_readme_has_the_latest_figures():
    assert in_readme() == table(latest())


def test_the_results_say_what_they_were_measured_on():
    results = latest()
    assert {"date", "machine", "python", "versions", "seed", "rounds"} <= set(results)
    assert {"camlight", "keras", "tensorflow", "jax", "torch"} <= set(results["versions"])
