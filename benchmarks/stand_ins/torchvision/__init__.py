"""An empty stand-in: grad-cam imports torchvision, but needs nothing of it for Grad-CAM."""
