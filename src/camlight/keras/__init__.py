"""The Keras hook: explains Keras 3 image models. Importing it registers `keras.Model`."""

from .explain_prediction import explain_prediction_keras
from .gradcam import gradcam, gradcam_backend

__all__ = ["explain_prediction_keras", "gradcam", "gradcam_backend"]
