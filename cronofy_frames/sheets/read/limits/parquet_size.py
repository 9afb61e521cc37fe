"""The size of the table in a Parquet file."""

from __future__ import annotations

import io
from typing import Any

from cronofy_frames.sheets.read.limits.file_limits import FileLimits, Malformed

_ROWS_AT_ONCE = 50_000


def check_parquet(data: bytes, limits: FileLimits) -> None:
    """Raise an error if the table of a Parquet file is too large.

    Its footer declares rows, values and bytes. Values that are repeated take no bytes there: texts, which can be long,
    are read without their repetitions, and measured.
    """
    import pyarrow as pa
    import pyarrow.compute
    from pyarrow import parquet

    file = parquet.ParquetFile(io.BytesIO(data))
    footer = file.metadata
    limits.check_table(footer.num_rows, max(1, footer.num_columns))
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
    if min((chunk.num_values for chunk in chunks), default=0) < 0 or footer.num_rows < 0:
        raise Malformed("its footer declares a negative size")
    limits.check_cells(sum(chunk.num_values for chunk in chunks))
    limits.check_bytes(sum(chunk.total_uncompressed_size for chunk in chunks), "what is packed in it")
    texts = sorted({chunk.path_in_schema for chunk in chunks if chunk.physical_type == "BYTE_ARRAY"})
    if sum(chunk.num_values * chunk.total_uncompressed_size for chunk in chunks) <= limits.max_bytes or not texts:
        return
    repeating = parquet.ParquetFile(io.BytesIO(data), read_dictionary=texts)
    total = 0
    for batch in repeating.iter_batches(batch_size=_ROWS_AT_ONCE, columns=texts):
        total += sum(_text_bytes(column, pa) for column in batch.columns)
        limits.check_bytes(total, "the text of its cells")


def _text_bytes(column: Any, pa: Any) -> int:
    """Return the bytes of the texts of a column, each as often as it is repeated."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    sizes = pa.compute.binary_length(column.dictionary)
    return int(pa.compute.sum(sizes.take(column.indices)).as_py() or 0)
