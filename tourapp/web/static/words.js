// Numbers as people read them; the server's templates write them alike.
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
