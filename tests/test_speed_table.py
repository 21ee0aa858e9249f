"""The figures of speed that the README gives are those of the latest committed results."""

from benchmarks.readme import in_readme, latest, table
from benchmarks.run import onto


def test_the_readme_has_the_latest_figures():
    assert in_readme() == table(latest())


def test_the_results_say_what_they_were_measured_on():
    results = latest()
    assert {"date", "machine", "python", "versions", "seed", "rounds"} <= set(results)
    assert {"camlight", "keras", "tensorflow", "jax", "torch"} <= set(results["versions"])


def test_what_is_not_measured_again_keeps_its_date():
    def entry(model, backend, ratio):
        return {"model": model, "backend": backend, "ratio": ratio}

    earlier = {
        "date": "2026-02-01",
        "warm": [entry("ResNet50", "jax", 3), entry("MobileNetV2", "jax", 4)],
        "peak": 5,
        "soak": 6,
        "dates": {"MobileNetV2 on jax": "2026-01-01"},
    }
    again = [entry("ResNet50", "jax", 1), entry("ResNet50", "tensorflow", 2)]
    found = onto(earlier, {"date": "2026-03-01", "warm": again, "peak": 7})
    assert [e["ratio"] for e in found["warm"]] == [2, 4, 1]
    assert (found["date"], found["peak"], found["soak"]) == ("2026-03-01", 7, 6)
    assert found["dates"] == {"soak": "2026-02-01", "MobileNetV2 on jax": "2026-01-01"}
