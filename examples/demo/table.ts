/** Lines of text in columns: the first column to the left, the others, numbers, to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map((cell) => typeof cell === "number" ? cell.toLocaleString("en") : cell));
  const columns = Math.max(...texts.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  return texts.map((row) => row.map((cell, column) => pad(cell, column, widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}

function pad(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
