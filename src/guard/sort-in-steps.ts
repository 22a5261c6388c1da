import type { Steps } from "../model/index.js";

/** Sorted or merged in a step: a few ms. */
const A_STEP = 2 ** 16;

/** `numbers` in ascending order, in its own memory or in new memory. */
export function* sortInSteps(numbers: Float64Array): Steps<Float64Array> {
  if (yield* isAscending(numbers)) return numbers;
  for (let at = 0; at < numbers.length; at += A_STEP) {
    numbers.subarray(at, at + A_STEP).sort();
    yield;
  }
  let from = numbers;
  let into = from.length > A_STEP ? new Float64Array(from.length) : from;
  for (let width = A_STEP; width < numbers.length; width *= 2) {
    for (let at = 0; at < from.length; at += 2 * width) yield* merge(from, into, at, width);
    [from, into] = [into, from];
  }
  return from;
}

function* isAscending(numbers: Float64Array): Steps<boolean> {
  for (let i = 1; i < numbers.length; i++) {
    if (numbers[i - 1]! > numbers[i]!) return false;
    if (i % A_STEP === 0) yield;
  }
  return true;
}

/** The two sorted runs of `width` from `start` on, as one. */
function* merge(from: Float64Array, into: Float64Array, start: number, width: number): Steps<void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const isLeft = right >= end || (left < middle && from[left]! <= from[right]!);
    into[at] = isLeft ? from[left++]! : from[right++]!;
    if (at % A_STEP === 0) yield;
  }
}
