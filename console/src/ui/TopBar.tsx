/** Region, account, language, theme. */
import Badge from "@cloudscape-design/components/badge";
import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { lazy, Suspense, useContext, useState } from "react";
import { useHref, useNavigate } from "react-router-dom";
import { LoginContext } from "../api/session";
import { LANGUAGES, useSpoken, type Language } from "../i18n";
import { PasswordForm } from "./PasswordForm";
import { chooseTheme, currentTheme, type Theme } from "./theme";

const SecondFactor = lazy(() => import("./SecondFactor"));

type Utility = TopNavigationProps.Utility;
type Changing = "password" | "factor" | null;

export function TopBar({ isLive }: { isLive?: boolean }) {
  const { texts: t, language, speak } = useSpoken();
  const login = useContext(LoginContext);
  const go = useNavigate();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const [changing, change] = useState<Changing>(null);
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    chooseTheme(next);
    setTheme(next);
  };
  const looks: Utility[] = [
    {
      type: "menu-dropdown",
      text: LANGUAGES[language],
      ariaLabel: `${t.common.language}: ${LANGUAGES[language]}`,
      items: Object.entries(LANGUAGES).map(([id, text]) => ({ id, text, lang: id })),
      onItemClick: ({ detail }) => speak(detail.id as Language),
    },
    {
      type: "button",
      text: theme === "dark" ? t.common.light : t.common.dark,
      ariaLabel: `${t.common.theme}: ${theme === "dark" ? t.common.light : t.common.dark}`,
      onClick: toggle,
    },
  ];
  const who: Utility[] = login
    ? [
        {
          type: "button",
          text: login.session.RegionName,
          title: t.common.region,
          ariaLabel: `${t.common.region}: ${login.session.RegionName} (${login.session.RegionId})`,
          onClick: () => go("/"),
        },
        {
          type: "menu-dropdown",
          text: login.session.UserName,
          description: `${login.session.AccountName} ${login.session.AccountId}`.trim(),
          iconName: "user-profile",
          ariaLabel: `${t.common.account}: ${login.session.UserName}, ${login.session.AccountId}`,
          items: [
            { id: "password", text: t.common.changePassword },
            { id: "factor", text: t.factor.title },
            { id: "leave", text: t.common.signOut },
          ],
          onItemClick: ({ detail }) => (detail.id === "leave" ? login.leave() : change(detail.id as Changing)),
        },
      ]
    : [];
  const href = useHref("/");
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href,
          title: t.common.product,
          onFollow: (event) => {
            event.preventDefault();
            go("/");
          },
        }}
        utilities={[...looks, ...who]}
      />
      {isLive === false && (
        <div role="status">
          <Badge color="grey">{t.common.notLive}</Badge>
        </div>
      )}
      {changing === "password" && <PasswordForm close={() => change(null)} />}
      {changing === "factor" && (
        <Suspense>
          <SecondFactor close={() => change(null)} />
        </Suspense>
      )}
    </div>
  );
}
