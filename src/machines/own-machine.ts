import type {
  AnyActorRef,
  EventObject,
  MachineContext,
  MetaObject,
  ParameterizedObject,
  ProvidedActor,
  StateMachine,
  StateSchema,
  StateValue,
} from "xstate";

/**
 * A machine of ours as an app's own xstate knows it. What TypeScript infers has one type parameter more
 * from xstate 5.33 on than before, and means nothing to the others: these 14 are in all of them.
 */
export type OwnMachine<
  Context extends MachineContext,
  Event extends EventObject,
  Value extends StateValue,
  Input,
  Output,
  Emitted extends EventObject,
> = StateMachine<
  Context,
  Event,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  Value,
  string,
  Input,
  Output,
  Emitted,
  MetaObject,
  StateSchema
>;
