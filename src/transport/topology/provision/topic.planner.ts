import { isArn } from '../../../common/arn.js';
import { inWords, type Settings } from '../declare/settings.js';
import { missingTags } from '../declare/tags.js';
import { differing, settingsOf, topicSettings } from '../declare/topic-settings.js';
import type { TopicDeclaration } from '../declare/topology.js';
import type { PlanDraft, Step } from './plan-draft.js';
import { newTopicAttributes, type TopicCalls } from './topic.calls.js';
import type { TopologyState } from './topology-state.js';

/** Plans the changes that topics need. */
export class TopicPlanner {
  constructor(
    private readonly calls: TopicCalls,
    private readonly state: TopologyState,
    private readonly draft: PlanDraft,
    /** Names of topics that messages are sent to: their size limit must be known. */
    private readonly routed: ReadonlySet<string>,
  ) {}

  async plan(topics: readonly TopicDeclaration[]): Promise<Step[]> {
    const own = topics.filter(({ name }) => !isArn(name));
    const arns = await this.calls.find(new Set(own.map(({ name }) => name)));
    await Promise.all(
      topics
        .filter(({ name }) => isArn(name))
        .map(async ({ name }) =>
          this.state.topics.set(name, { arn: name, settings: await this.#shown(name, name) }),
        ),
    );
    const steps: Step[] = [];
    for (const topic of own) {
      const arn = arns.get(topic.name);
      if (arn !== undefined) steps.push(...(await this.#planExisting(topic, arn)));
      else if (this.draft.compares) steps.push(this.#create(topic));
      else this.draft.problems.push(`topic ${topic.name} does not exist`);
    }
    return steps;
  }

  #create(topic: TopicDeclaration): Step {
    const { name } = topic;
    const settings = newTopicAttributes(topic);
    return {
      change: { action: 'create', kind: 'topic', name, differences: [], settings },
      apply: async (state) => {
        state.topics.set(name, { arn: await this.calls.create(topic), settings });
      },
    };
  }

  async #planExisting(topic: TopicDeclaration, arn: string): Promise<Step[]> {
    const { name } = topic;
    const wanted = this.draft.compares ? topicSettings(topic) : {};
    const settings =
      Object.keys(wanted).length > 0
        ? await this.calls.settingsOf(arn)
        : await this.#shown(name, arn);
    this.state.topics.set(name, { arn, settings });
    if (!this.draft.compares) return [];
    return [
      ...this.#set(name, arn, settingsOf(settings), wanted),
      ...(await this.#tag(topic, arn)),
    ];
  }

  #shown(name: string, arn: string): Promise<Settings> {
    return this.routed.has(name) ? this.calls.shownSettingsOf(arn) : Promise.resolve({});
  }

  #set(name: string, arn: string, is: Settings, wanted: Settings): Step[] {
    const changed = differing(is, wanted);
    if (changed.length === 0) return [];
    const settings = Object.fromEntries(changed.map((one) => [one, wanted[one] ?? '']));
    return [
      {
        change: {
          action: 'change',
          kind: 'topic',
          name,
          differences: changed.map((one) => inWords(one, is, wanted)),
          settings,
        },
        apply: async (state) => {
          for (const [one, value] of Object.entries(settings))
            await this.calls.set(arn, one, value);
          state.topics.set(name, { arn, settings: { ...is, ...settings } });
        },
      },
    ];
  }

  async #tag({ name, tags: declared = {} }: TopicDeclaration, arn: string): Promise<Step[]> {
    if (Object.keys(declared).length === 0) return [];
    const { differences, tags } = missingTags(await this.calls.tagsOf(arn), declared);
    if (differences.length === 0) return [];
    return [
      {
        change: { action: 'change', kind: 'topic', name, differences, settings: {} },
        apply: () => this.calls.tag(arn, tags),
      },
    ];
  }
}
