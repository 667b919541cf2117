"""What HealthImaging does with each transfer syntax (DG/supported-transfer-syntaxes)."""

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
HTJ2K_RPCL = "1.2.840.10008.1.2.4.202"
SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"

OCTETS = "application/octet-stream"

STORED_AS = {"HTJ2K": HTJ2K_RPCL, "JPEG_2000_LOSSLESS": JPEG_2000_LOSSLESS}
CONTENT_TYPES = {
    EXPLICIT_LITTLE_ENDIAN: OCTETS,
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    JPEG_2000_LOSSLESS: "image/j2c",
    "1.2.840.10008.1.2.4.91": "image/j2c",
    "1.2.840.10008.1.2.4.112": "image/jxl",
    HTJ2K_RPCL: "image/jph",
    "1.2.840.10008.1.2.4.203": "image/jphc",
}
NATIVE = frozenset(f"1.2.840.10008.{number}" for number in ("1.2", "1.2.1", "1.2.1.99", "1.2.2"))
KEPT_FRAMES = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in ("50", "91", "112", "203"))
TRANSCODED = frozenset(
    {"1.2.840.10008.1.2", EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.1.99"}
    | {"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"}
    | {
        f"1.2.840.10008.1.2.4.{number}"
        for number in ("51", "57", "70", "80", "81", "90", "92", "93", "201", "202")
    }
)
VIDEO = {
    f"1.2.840.10008.1.2.4.{number}{suffix}": kind
    for kind, numbers in (
        ("video/mpeg", (100, 101)),
        ("video/mp4", (102, 103, 104, 105, 106)),
        ("video/H256", (107, 108)),
    )
    for number in numbers
    for suffix in ("", ".1")
}
