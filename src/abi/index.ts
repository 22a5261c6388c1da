export { type Passing, passing, VALUE_CLASSES, type ValueClass } from "./classify.js";
export {
  type Destination,
  INTEGER_REGISTERS,
  type PassedArgument,
  type Placement,
  placeArguments,
  VECTOR_REGISTERS,
} from "./place-arguments.js";
