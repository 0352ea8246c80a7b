// Collects text; until(part) waits until it contains the part.
export function output() {
  let text = ''
  const waiting = []
  return {
    get text() { return text },
    take(chunk) {
      text += chunk
      for (const one of waiting) if (text.includes(one.part)) one.resolve()
    },
    until: part => text.includes(part) ? Promise.resolve() : new Promise(resolve => waiting.push({ part, resolve })),
  }
}
