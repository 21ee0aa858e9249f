"""A tour of camlight: one photo, two things on it, and what a network sees in them.

``make demo`` runs it step by step and makes a page of it; what each step leaves in `shown` becomes
the pictures. In an editor that knows ``# %%``, or pasted into a notebook, the steps run as cells.
"""

# %% What does the network see, and why?
# A network that was trained on ImageNet is given one photo with two things on it. It names both;
# each map shows what speaks for one: the cat's face, the cup. The maps are on one scale, so that
# weaker evidence looks weaker; the white line runs where the evidence is half as strong as at most.
import matplotlib
import numpy as np
from PIL import Image, ImageOps

import camlight
from camlight import demo

cat = ImageOps.fit(demo.photo("chelsea"), (280, 336), centering=(0.6, 0.5))
cup = ImageOps.fit(demo.photo("coffee"), (280, 336))
photo = Image.fromarray(np.hstack([np.asarray(cat), np.asarray(cup)]))

model = demo.efficientnet_lite0()
options = {"preprocess": demo.preprocess_input, "target_names": demo.class_name}
both = camlight.explain_prediction(model, photo, targets=["Egyptian cat", "espresso"], **options)

shown = {"One photo, two classes": camlight.format_as_image(both, contours=1)}

# %% Ask about one class
# Without `targets`, the class with the highest score is explained. The overlay has the size of the
# photo. Yellow is where the evidence is strongest; where nothing is drawn, there is none.
first = camlight.explain_prediction(model, photo, **options)
espresso = camlight.explain_prediction(model, photo, targets=[967], **options)

shown = {"The highest score": first, "Class 967": espresso}

# %% Follow the layers
# All three maps are about the cat. Early on, edges and textures count wherever they are; halfway,
# both eyes stand out, and so does the round, shiny spoon; the last layer, which is the default,
# takes the face as a whole and leaves out the cup.
early = camlight.explain_prediction(model, photo, layer="block3b_add", **options)
middle = camlight.explain_prediction(model, photo, layer="block5c_add", **options)

shown = {"An early layer": early, "A middle layer": middle, "The last layer": first}

# %% Take the heatmap out
# Under the overlay lies an array with a number from 0 to 1 for each cell of the layer. Here it is
# alone: as it is, stretched to the photo, smoothed, and coloured.
heatmap = first.targets[0].heatmap
grey = camlight.formatters.image.heatmap_to_image(heatmap)
expand = camlight.formatters.image.expand_heatmap
viridis = matplotlib.colormaps["viridis"]

shown = {
    "Cells": grey.resize((350, 350), Image.Resampling.NEAREST),
    "Boxes": expand(heatmap, photo, Image.Resampling.BOX),
    "Smooth": expand(heatmap, photo, Image.Resampling.LANCZOS),
    "Coloured": expand(viridis(heatmap), photo),
}

# %% Change colours and opacity
# Any colormap of matplotlib will do. `alpha_limit` says how much of the photo the map may hide: a
# little, or where it is strongest all of it.
shown = {
    "magma": camlight.format_as_image(first, colormap="magma"),
    "turbo": camlight.format_as_image(first, colormap="turbo"),
    "alpha_limit=0.3": camlight.format_as_image(first, alpha_limit=0.3),
    "alpha_limit=1.0": camlight.format_as_image(first, alpha_limit=1.0),
}

# %% With and without softmax
# Behind a softmax, classes compete: what remains is what makes it a tiger cat rather than another
# cat. The score before it, the logit, has no rivals, and its map shows all that looks like a tiger
# cat: the whole face.
probability = camlight.explain_prediction(model, photo, targets=["tiger cat"], **options)
logit = camlight.explain_prediction(
    model, photo, targets=["tiger cat"], pre_softmax=True, **options
)

shown = {"With softmax": probability, "Without softmax": logit}

# %% Compare two networks
# Both are asked about the Egyptian cat. The second network is deeper and takes a larger picture; it
# too looks at the face, but at other parts of it.
deeper = demo.efficientnet_lite1()
other = camlight.explain_prediction(deeper, photo, targets=["Egyptian cat"], **options)

shown = {"EfficientNet-Lite0": first, "EfficientNet-Lite1": other}
