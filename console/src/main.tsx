import "@cloudscape-design/global-styles/index.css";
import "./page.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";
import { Refusal } from "./api/client";
import { App } from "./App";
import { Speaking } from "./i18n";
import { startTheme } from "./ui/theme";

const MOST_RETRIES = 2;
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchInterval: 30_000,
      retry: (count, error) => !(error instanceof Refusal) && count < MOST_RETRIES,
    },
  },
});

startTheme();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <QueryClientProvider client={client}>
      <Speaking>
        <BrowserRouter basename="/console">
          <App />
        </BrowserRouter>
      </Speaking>
    </QueryClientProvider>,
  );
}
