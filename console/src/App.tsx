/** The frame of all pages: top bar, navigation, and the page that the address names. */
import AppLayout from "@cloudscape-design/components/app-layout";
import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Route, Routes } from "react-router-dom";
import { findSession, logOut, setSession, type Session } from "./api/client";
import { useNews } from "./api/news";
import { LoginContext } from "./api/session";
import { Login } from "./pages/Login";
import { Empty } from "./ui/Empty";
import { Navigation } from "./ui/Navigation";
import { TopBar } from "./ui/TopBar";
import { useTexts } from "./i18n";

const Start = lazy(() => import("./pages/Start"));
const Connections = lazy(() => import("./vpn/Connections"));
const Wizard = lazy(() => import("./vpn/Wizard"));
const Connection = lazy(() => import("./vpn/Connection"));
const Gateways = lazy(() => import("./pages/Gateways"));
const Cens = lazy(() => import("./pages/Cens"));
const Routers = lazy(() => import("./pages/Routers"));
const Router = lazy(() => import("./pages/Router"));
const Vpcs = lazy(() => import("./pages/Vpcs"));
const Topology = lazy(() => import("./pages/Topology"));
const Users = lazy(() => import("./pages/Users"));
const Accounts = lazy(() => import("./pages/Accounts"));
const Nodes = lazy(() => import("./pages/Nodes"));
const AttachmentPlace = lazy(() => import("./pages/AttachmentPlace"));
const Audit = lazy(() => import("./pages/Audit"));
const Webhooks = lazy(() => import("./pages/Webhooks"));
const Quotas = lazy(() => import("./pages/Quotas"));

const AGAIN_MS = 3000;

export function App() {
  const queries = useQueryClient();
  const [session, enter] = useState<Session | null | undefined>(undefined);
  const [hasEnded, setEnded] = useState(false);
  const take = useCallback(
    (found: Session | null) => {
      setSession(found);
      queries.clear();
      enter(found);
    },
    [queries],
  );
  const end = useCallback(() => {
    setEnded(true);
    take(null);
  }, [take]);
  useEffect(() => {
    let timer: number | undefined;
    const look = () => {
      findSession()
        .then((found) => {
          setSession(found, end);
          enter(found);
        })
        .catch(() => (timer = window.setTimeout(look, AGAIN_MS)));
    };
    look();
    return () => window.clearTimeout(timer);
  }, [end]);
  const leave = useCallback(() => {
    void logOut().finally(() => {
      setEnded(false);
      take(null);
    });
  }, [take]);
  const renew = useCallback(() => {
    void findSession().then((found) => {
      setSession(found);
      enter(found);
    });
  }, []);
  const login = useMemo(() => (session ? { session, leave, renew } : null), [session, leave, renew]);
  if (session === undefined) return <Waiting />;
  if (!login) {
    return (
      <>
        <TopBar />
        <Login hasEnded={hasEnded} enter={take} />
      </>
    );
  }
  return (
    <LoginContext.Provider value={login}>
      <Frame end={end} />
    </LoginContext.Provider>
  );
}

function Frame({ end }: { end: () => void }) {
  const t = useTexts();
  const isLive = useNews(end);
  const [isOpen, setOpen] = useState(() => window.innerWidth > 900);
  return (
    <>
      <TopBar isLive={isLive} />
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        ariaLabels={{
          navigation: t.common.product,
          navigationToggle: t.nav.open,
          navigationClose: t.nav.close,
        }}
        navigation={<Navigation />}
        content={
          <Suspense fallback={<Waiting />}>
            <Pages />
          </Suspense>
        }
      />
    </>
  );
}

function Pages() {
  const t = useTexts().common;
  return (
    <Routes>
      <Route path="/" element={<Start />} />
      <Route path="/connections" element={<Connections />} />
      <Route path="/connections/create" element={<Wizard />} />
      <Route path="/connections/:id" element={<Connection />} />
      <Route path="/customer-gateways" element={<Gateways />} />
      <Route path="/cens" element={<Cens />} />
      <Route path="/routers" element={<Routers />} />
      <Route path="/routers/:id" element={<Router />} />
      <Route path="/attachments/:id" element={<AttachmentPlace />} />
      <Route path="/vpcs" element={<Vpcs />} />
      <Route path="/topology" element={<Topology />} />
      <Route path="/users" element={<Users />} />
      <Route path="/accounts" element={<Accounts />} />
      <Route path="/nodes" element={<Nodes />} />
      <Route path="/audit" element={<Audit />} />
      <Route path="/webhooks" element={<Webhooks />} />
      <Route path="/quotas" element={<Quotas />} />
      <Route path="*" element={<Empty title={t.notFound} hint={t.notFoundHint} />} />
    </Routes>
  );
}

function Waiting() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
    </Box>
  );
}
