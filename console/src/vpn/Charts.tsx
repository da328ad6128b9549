/** Throughput, round trip and loss of both tunnels over time. */
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import LineChart from "@cloudscape-design/components/line-chart";
import type { MixedLineBarChartProps } from "@cloudscape-design/components/mixed-line-bar-chart";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Connection, Sample } from "../api/answers";
import { call, type AnswerOf } from "../api/client";
import { useSpoken, useTexts } from "../i18n";
import { Empty } from "../ui/Empty";
import { Problem } from "../ui/Problem";
import { writeRate } from "../ui/amounts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const PERIODS = [60, 360, DAY_MINUTES, 7 * DAY_MINUTES];
const HEIGHT = 220;

type Samples = AnswerOf<"Futago_ListTunnelSamples">;
type Series = MixedLineBarChartProps.LineDataSeries<Date>;

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
      <Select
        ariaLabel={t.charts.period}
        selectedOption={options.find((each) => each.value === String(minutes)) ?? null}
        options={options}
        onChange={({ detail }) => setMinutes(Number(detail.selectedOption.value))}
      />
      {data && <Drawn samples={data} />}
    </SpaceBetween>
  );
}

function Drawn({ samples }: { samples: Samples }) {
  const t = useTexts().charts;
  const rate = (bytes: number | null, point: Sample) =>
    bytes === null || !point.CoveredSeconds ? null : (8 * bytes) / point.CoveredSeconds;
  const traffic = samples.Series.flatMap((series) => [
    line(t.received(series.TunnelIndex), series.Points, (point) => rate(point.ReceivedBytes, point)),
    line(t.sent(series.TunnelIndex), series.Points, (point) => rate(point.SentBytes, point)),
  ]);
  return (
    <>
      <Chart title={t.throughput} samples={samples} series={traffic} write={writeRate} />
      <div className="tunnels">
        <Chart
          title={t.roundTrip}
          samples={samples}
          series={useByTunnel(samples, (point) => point.RoundTripMilliseconds)}
          write={(value) => `${value.toFixed(1)} ms`}
        />
        <Chart
          title={t.loss}
          samples={samples}
          series={useByTunnel(samples, (point) => point.Loss)}
          write={(value) => `${(100 * value).toFixed(1)} %`}
          most={1}
        />
      </div>
    </>
  );
}

function useByTunnel(samples: Samples, value: (point: Sample) => number | null): Series[] {
  const t = useTexts().wizard;
  return samples.Series.map((series) => line(t.tunnel(series.TunnelIndex), series.Points, value));
}

function line(title: string, points: readonly Sample[], value: (point: Sample) => number | null): Series {
  const known = points.flatMap((point) => {
    const y = value(point);
    return y === null ? [] : [{ x: new Date(point.Time), y }];
  });
  return { type: "line", title, data: known };
}

interface ChartProps {
  title: string;
  samples: Samples;
  series: Series[];
  write: (value: number) => string;
  /** The largest value that there can be. */
  most?: number;
}

function Chart({ title, samples, series, write, most }: ChartProps) {
  const { texts: t, language } = useSpoken();
  const values = series.flatMap((each) => each.data.map((point) => point.y));
  const top = most ?? Math.max(1, ...values) * 1.1;
  const isLong = Date.parse(samples.EndTime) - Date.parse(samples.StartTime) > DAY_MINUTES * MINUTE_MS;
  const moment = new Intl.DateTimeFormat(
    language,
    isLong ? { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit" },
  );
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <LineChart
        series={values.length ? series.map((each) => ({ ...each, valueFormatter: write })) : []}
        xDomain={[new Date(samples.StartTime), new Date(samples.EndTime)]}
        yDomain={[0, top]}
        xScaleType="time"
        xTitle={t.charts.time}
        height={HEIGHT}
        hideFilter
        ariaLabel={title}
        i18nStrings={{ xTickFormatter: (at) => moment.format(at), yTickFormatter: write }}
        empty={<Empty title={t.charts.empty} hint={t.charts.emptyHint} />}
      />
    </Container>
  );
}

const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

function writePeriod(minutes: number, t: ReturnType<typeof useTexts>): string {
  return minutes > DAY_MINUTES ? t.charts.days(minutes / DAY_MINUTES) : t.logs.hours(minutes / 60);
}
