import { Events } from "./Events";

export default function Audit() {
  return <Events />;
}
