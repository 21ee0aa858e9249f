"""The Keras hook: explains Keras 3 image models. Importing it registers `keras.Model`."""

from .capture.compiled import forget
from .explain_prediction import explain_prediction_keras
from .gradcam import gradcam, gradcam_backend

__all__ = ["explain_prediction_keras", "forget", "gradcam", "gradcam_backend"]
