// Answers a request for a part of a kept file: browsers ask for audio by ranges (RFC 9110, section 14).

// Return the whole answer, or 206 with the bytes asked for, or 416 when there are no such bytes.
async function sliced(request, answer) {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (!asked || (!asked[1] && !asked[2])) return answer;
  const whole = await answer.blob();
  const span = spanOf(asked[1], asked[2], whole.size);
  if (!span) return new Response(null, { status: 416, headers: { "content-range": `bytes */${whole.size}` } });
  const [first, last] = span;
  return new Response(whole.slice(first, last + 1), {
    status: 206,
    headers: {
      "accept-ranges": "bytes",
      "content-length": String(last - first + 1),
      "content-range": `bytes ${first}-${last}/${whole.size}`,
      "content-type": answer.headers.get("content-type"),
    },
  });
}

// Return the first and the last byte, null when the range lies outside.
function spanOf(from, to, size) {
  const first = from ? Number(from) : Math.max(0, size - Number(to));
  const last = from && to ? Math.min(Number(to), size - 1) : size - 1;
  return first <= last ? [first, last] : null;
}
