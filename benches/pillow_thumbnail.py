"""Pillow's side of `benches/thumbnail.rs`.

    python3 benches/pillow_thumbnail.py FILE        two best times in ms
    python3 benches/pillow_thumbnail.py --make DIR  makes pictures to measure

The first figure loads the picture before it calls `thumbnail`, as the source
lab does; the second lets `thumbnail` ask the JPEG decoder for a reduced
picture. Both save the thumbnail and pack original and thumbnail into a zip
archive, all in memory.
"""

import io
import pathlib
import random
import sys
import time
import zipfile

from PIL import Image

RUNS = 15


def thumbnail(data, load_first):
    image = Image.open(io.BytesIO(data))
    image_format = image.format
    if load_first:
        image.load()
    image.thumbnail((128, 128))
    small = io.BytesIO()
    image.save(small, image_format)
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.writestr("original", data)
        archive.writestr("thumbnail", small.getvalue())


def best(data, load_first):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        thumbnail(data, load_first)
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


def picture(width, height):
    """Noise of every size at once: about as much detail as a photograph."""
    random.seed(7)
    bands = []
    for _ in range(3):
        band = Image.new("L", (width, height), 128)
        cells = 4
        while cells < width:
            rows = max(2, cells * height // width)
            noise = Image.frombytes("L", (cells, rows), random.randbytes(cells * rows))
            noise = noise.resize((width, height), Image.Resampling.BICUBIC)
            band = Image.blend(band, noise, 0.3 if cells < 600 else 0.12)
            cells *= 2
        bands.append(band)
    gray = Image.blend(Image.blend(bands[0], bands[1], 0.5), bands[2], 0.33)
    bands = [Image.blend(band, gray, 0.6) for band in bands]
    return Image.merge("RGB", bands)


def make(directory):
    directory.mkdir(parents=True, exist_ok=True)
    photo = picture(4000, 3000)
    photo.save(directory / "12mp_420.jpg", quality=90)
    photo.save(directory / "12mp_444.jpg", quality=90, subsampling=0)
    photo.save(directory / "12mp_progressive.jpg", quality=90, progressive=True)
    small = photo.resize((1600, 1250))
    for extension in ("png", "webp", "bmp", "tiff", "gif"):
        small.save(directory / f"2mp.{extension}")


def main():
    if sys.argv[1] == "--make":
        make(pathlib.Path(sys.argv[2]))
        return
    data = pathlib.Path(sys.argv[1]).read_bytes()
    print(best(data, True), best(data, False))


if __name__ == "__main__":
    main()
