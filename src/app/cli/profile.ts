import { Command } from 'commander'
import { profileTraffic } from '../../measure/traffic/profile.ts'
import type { Io } from './io.ts'
import { profileReport } from './profile-report.ts'
import { storeTrafficOptions } from './store-traffic.ts'
import { addTrafficOptions, readTrafficFromOptions, type TrafficOptions } from './traffic-options.ts'

/** `spillway profile`: what a traffic file looks like, before anything is planned on it. */
export function profileCommand(io: Io): Command {
  return storeTrafficOptions(addTrafficOptions(new Command('profile').description('floor, peak, shape, burstiness, tokens and gaps of a traffic file')).option('--json', 'print JSON'))
    .addHelpText('after', '\nExamples:\n  $ spillway profile --traffic examples/servegen-m-small.csv\n  $ spillway profile --traffic calls.csv --columns "time=ts,input=in,output=out" --tz Europe/Rome\n  $ zcat calls.jsonl.gz | spillway profile --traffic - --skip-bad-rows --json\n  $ spillway profile --traffic store --days 7 --where model=llama-3.1-8b\n')
    .action(async (options: TrafficOptions & { readonly json?: boolean }) => {
      const profile = profileTraffic(await readTrafficFromOptions(options, io))
      io.stdout(options.json ? `${JSON.stringify(profile, null, 2)}\n` : profileReport(profile))
    })
}
