"""Writes the two images of the table: a 12 MP JPEG and a 2 MP PNG.

    venv/bin/python benches/celery/images.py FOLDER

Smooth shapes with fine noise, so that they compress about as photos do.
"""

import os
import random
import sys

from PIL import Image, ImageFilter


def picture(width, height, seed):
    random.seed(seed)
    small = Image.frombytes("RGB", (40, 30), random.randbytes(40 * 30 * 3))
    smooth = small.resize((width, height), Image.BICUBIC)
    noise = Image.frombytes("L", (width // 2, height // 2), random.randbytes(width // 2 * (height // 2)))
    noise = noise.resize((width, height)).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(smooth, Image.merge("RGB", [noise] * 3), 0.12)


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
picture(4000, 3000, 1).save(os.path.join(folder, "photo12mp.jpg"), quality=90)
picture(1600, 1250, 2).save(os.path.join(folder, "screenshot2mp.png"))
