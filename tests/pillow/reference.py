"""Pillow as the judge of our thumbnails; run by tests/thumbnail_pillow.rs.

    reference.py make DIR SAMPLE   writes pictures of many kinds into DIR
    reference.py sizes             reads "width height box_w box_h" lines and
                                   answers each with thumbnail's "width height"
    reference.py read DIR          for each DIR/files/*: one line "name width
                                   height alpha", or "name - reason"; the
                                   thumbnail goes to DIR/theirs/name.png
    reference.py alike DIR         for each DIR/ours/*: "name dB"
    reference.py compare DIR       for each DIR/*.zip that we made: one line
                                   "name ours_w ours_h pillow_w pillow_h dB loss"

`dB` is the likeness (PSNR) of our thumbnail and Pillow's; `loss` is that of
Pillow's thumbnail before and after saving it as our format is saved.
"""

import io
import math
import pathlib
import sys
import warnings
import zipfile

from PIL import Image, ImageChops, ImageOps

BOX = (128, 128)


def make(directory, sample):
    image = Image.open(sample)
    image.load()
    image = image.resize((801, 601))
    gray = image.convert("L")
    rgba = image.copy()
    rgba.putalpha(Image.linear_gradient("L").resize(image.size))
    sixteen = gray.convert("I").point(lambda v: v * 257).convert("I;16")
    cmyk = image.convert("CMYK")

    def save(name, picture=image, **options):
        picture.save(directory / name, **options)

    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        save(f"{subsampling.replace(':', '')}.jpg", subsampling=subsampling, quality=90)
    save("progressive.jpg", progressive=True, quality=90)
    save("restarts.jpg", restart_marker_blocks=5, quality=90)
    save("gray.jpg", gray, quality=90)
    save("cmyk.jpg", cmyk, quality=95)
    save("rgb.jpg", keep_rgb=True, quality=90)
    for extension in ("png", "webp", "bmp", "tiff"):
        save(f"rgb.{extension}")
    for extension in ("png", "webp", "tiff"):
        save(f"rgba.{extension}", rgba)
    save("gray.png", gray)
    save("sixteen.png", sixteen)
    save("sixteen.tiff", sixteen)
    save("palette.png", image.quantize(200))
    save("palette.tiff", image.quantize(200))
    save("lzw.tiff", compression="tiff_lzw")
    save("jpeg.tiff", compression="jpeg", quality=95)
    save("lossless.webp", lossless=True)
    for value in (1, 3, 6, 8):
        exif = Image.Exif()
        exif[0x112] = value
        save(f"exif{value}.jpg", exif=exif, quality=90)
    save("exif6.png", exif=exif)
    save("wide.jpg", image.resize((30000, 10)), quality=90)
    save("one.png", image.resize((1, 1)))


def flat(image):
    """RGB, transparency shown over a colour."""
    if image.mode == "I;16":
        image = image.convert("I").point(lambda v: v / 257).convert("L")
    if image.mode in ("P", "LA", "PA", "RGBX"):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, (200, 100, 50, 255))
        ground.alpha_composite(image)
        image = ground
    return image.convert("RGB")


def likeness(a, b):
    histogram = ImageChops.difference(a, b).histogram()
    squares = sum(count * (i % 256) ** 2 for i, count in enumerate(histogram))
    mean = squares / (a.width * a.height * 3)
    return 99.0 if mean == 0 else 10 * math.log10(255**2 / mean)


def compare(directory):
    for path in sorted(directory.glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            original_name, thumb_name = archive.namelist()
            original, thumb = archive.read(original_name), archive.read(thumb_name)
        assert original == (directory / original_name).read_bytes(), original_name
        ours = Image.open(io.BytesIO(thumb))
        source = Image.open(io.BytesIO(original))
        assert ours.format == source.format, original_name
        source.load()
        source = ImageOps.exif_transpose(source)
        if source.mode == "P":
            source = source.convert("RGB")  # else Pillow does not smooth at all
        if source.mode == "I;16":
            source = flat(source)
        source.thumbnail(BOX)
        theirs = flat(source)
        line = [original_name, *ours.size, *theirs.size]
        if ours.size == theirs.size:
            saved = theirs
            if ours.format == "JPEG":
                buffer = io.BytesIO()
                theirs.save(buffer, "JPEG", quality=85, subsampling=0)
                saved = Image.open(buffer).convert("RGB")
            line += [likeness(flat(ours), theirs), likeness(saved, theirs)]
        print(*line)


def read(directory):
    """What Pillow makes of files that others made; each file is one line."""
    theirs = directory / "theirs"
    theirs.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    # What announces more pixels than we allow is not for reading.
    Image.MAX_IMAGE_PIXELS = 100_000_000
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for path in sorted((directory / "files").iterdir()):
        try:
            with Image.open(path) as source:
                source.load()
                source = ImageOps.exif_transpose(source)
        except Exception as error:  # whatever it is, it was not read
            print(path.name, "-", " ".join(str(error).split()) or type(error).__name__)
            continue
        size = source.size
        transparent = source.has_transparency_data
        if source.mode.startswith("I;16"):
            source = flat16(source)
        elif source.mode in ("I", "F"):
            transparent = True  # nobody agrees on how to show it
            source = source.convert("L")
        elif source.mode == "LA":
            source = source.convert("RGBA")
        else:
            source = source.convert("RGBA" if transparent else "RGB")
        source.thumbnail(BOX)
        flat(source).save(theirs / f"{path.name}.png")
        print(path.name, *size, int(transparent))


def flat16(image):
    return image.convert("I").point(lambda v: v / 257).convert("L")


def alike(directory):
    warnings.simplefilter("ignore")
    for path in sorted((directory / "ours").iterdir()):
        theirs = Image.open(directory / "theirs" / f"{path.name}.png")
        ours = Image.open(path)
        ours.load()
        ours = flat(ours)
        print(path.name, likeness(ours, theirs) if ours.size == theirs.size else -1)


def sizes():
    for line in sys.stdin:
        width, height, box_width, box_height = map(int, line.split())
        image = Image.new("1", (width, height))
        image.thumbnail((box_width, box_height))
        print(*image.size)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(pathlib.Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "sizes":
        sizes()
    elif sys.argv[1] in ("read", "alike"):
        {"read": read, "alike": alike}[sys.argv[1]](pathlib.Path(sys.argv[2]))
    else:
        compare(pathlib.Path(sys.argv[2]))
