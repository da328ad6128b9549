/** Throughput, round trip and loss of both tunnels over time. */
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";
import type { MixedLineBarChartProps } from "@cloudscape-design/components/mixed-line-bar-chart";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import {
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
} from "@cloudscape-design/design-tokens";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, Sample } from "../api/answers";
import { call, type AnswerOf } from "../api/client";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { writeRate } from "../ui/amounts";
import { runsOf, type Run } from "./runs";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const PERIODS = [60, 360, DAY_MINUTES, 7 * DAY_MINUTES];
const HEIGHT = 220;

type Samples = AnswerOf<"Futago_ListTunnelSamples">;
type Series = MixedLineBarChartProps.LineDataSeries<Date>;

const COLORS = [
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
];

/** A value over time, and what it is called. */
interface Line {
  title: string;
  runs: Run[];
}

export default function Charts({ connection }: { connection: Connection }) {
  const t = useTexts();
  const [minutes, setMinutes] = useState(PERIODS[0] ?? 60);
  const { data, error } = useQuery({
    queryKey: ["samples", connection.VpnConnectionId, minutes],
    queryFn: () =>
      call("Futago_ListTunnelSamples", {
        VpnConnectionId: connection.VpnConnectionId,
        StartTime: seconds(Date.now() - minutes * MINUTE_MS),
      }),
    refetchInterval: MINUTE_MS / 2,
  });
  const options = PERIODS.map((each) => ({ value: String(each), label: writePeriod(each, t) }));
  return (
    <SpaceBetween size="l">
      <Problem error={error} />
      <div className="period">
        <Select
          ariaLabel={t.charts.period}
          selectedOption={options.find((each) => each.value === String(minutes)) ?? null}
          options={options}
          onChange={({ detail }) => setMinutes(Number(detail.selectedOption.value))}
        />
      </div>
      {data && <Drawn samples={data} />}
    </SpaceBetween>
  );
}

function Drawn({ samples }: { samples: Samples }) {
  const t = useTexts().charts;
  const rate = (bytes: number | null, point: Sample) =>
    bytes === null || !point.CoveredSeconds ? null : (8 * bytes) / point.CoveredSeconds;
  const traffic = samples.Series.flatMap((series) => [
    { title: t.received(series.TunnelIndex), runs: runsOf(series.Points, samples.Step, (point) => rate(point.ReceivedBytes, point)) },
    { title: t.sent(series.TunnelIndex), runs: runsOf(series.Points, samples.Step, (point) => rate(point.SentBytes, point)) },
  ]);
  return (
    <SpaceBetween size="l">
      <Chart title={t.throughput} samples={samples} lines={traffic} write={writeRate} />
      <div className="tunnels">
        <Chart
          title={t.roundTrip}
          samples={samples}
          lines={useByTunnel(samples, (point) => point.RoundTripMilliseconds)}
          write={(value) => `${value.toFixed(1)} ms`}
        />
        <Chart
          title={t.loss}
          samples={samples}
          lines={useByTunnel(samples, (point) => point.Loss)}
          write={(value) => `${(100 * value).toFixed(1)} %`}
          most={1}
        />
      </div>
    </SpaceBetween>
  );
}

function useByTunnel(samples: Samples, value: (point: Sample) => number | null): Line[] {
  const t = useTexts().wizard;
  return samples.Series.map((series) => ({ title: t.tunnel(series.TunnelIndex), runs: runsOf(series.Points, samples.Step, value) }));
}

interface ChartProps {
  title: string;
  samples: Samples;
  lines: Line[];
  write: (value: number) => string;
  /** The largest value that there can be. */
  most?: number;
}

function Chart({ title, samples, lines, write, most }: ChartProps) {
  const { texts: t, language } = useSpoken();
  // The kit bridges what is absent within a series, so each run is a series, in the line's color.
  const series = lines.flatMap((line, index) =>
    line.runs.map(
      (run): Series => ({ type: "line", title: line.title, data: run, color: COLORS[index], valueFormatter: write }),
    ),
  );
  const values = series.flatMap((each) => each.data.map((point) => point.y));
  const top = most ?? Math.max(1, ...values) * 1.1;
  const isLong = Date.parse(samples.EndTime) - Date.parse(samples.StartTime) > DAY_MINUTES * MINUTE_MS;
  const moment = new Intl.DateTimeFormat(
    language,
    isLong ? { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit" },
  );
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <div className="chart">
        <LineChart
          series={series}
          xDomain={[new Date(samples.StartTime), new Date(samples.EndTime)]}
          yDomain={[0, top]}
          xScaleType="time"
          xTitle={t.charts.time}
          height={HEIGHT}
          hideFilter
          hideLegend
          ariaLabel={title}
          i18nStrings={{ xTickFormatter: (at) => moment.format(at), yTickFormatter: write }}
          empty={<Empty title={t.charts.empty} hint={t.charts.emptyHint} />}
        />
      </div>
      {series.length > 0 && <Legend titles={lines.map((each) => each.title)} hint={t.charts.gaps} />}
    </Container>
  );
}

/** Names each line once, however many runs it has. */
function Legend({ titles, hint }: { titles: string[]; hint: string }) {
  return (
    <>
      <ul className="legend">
        {titles.map((title, index) => (
          <li key={title}>
            <span className="legend-mark" style={{ background: COLORS[index] }} />
            {title}
          </li>
        ))}
      </ul>
      <Box variant="small" color="text-body-secondary">
        {hint}
      </Box>
    </>
  );
}

const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

function writePeriod(minutes: number, t: ReturnType<typeof useTexts>): string {
  return minutes > DAY_MINUTES ? t.charts.days(minutes / DAY_MINUTES) : t.logs.hours(minutes / 60);
}
