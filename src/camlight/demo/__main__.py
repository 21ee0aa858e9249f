"""The command ``python -m camlight.demo``: what a pretrained network sees in a photo, in words."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it when it is imported

import camlight
from camlight import demo


def main() -> None:
    """Explain the two highest scores of a photo of a cat, and print the maps."""
    expl = camlight.explain_prediction(
        demo.efficientnet_lite0(),
        demo.photo("chelsea"),
        preprocess=demo.preprocess_input,
        top_targets=2,
        target_names=demo.class_name,
    )
    print(camlight.format_as_text(expl))


if __name__ == "__main__":
    main()
