/** How a replica splits a model: tensor, pipeline and attention-data parallel, and tensor and expert parallel within experts. */
export interface Layout {
  readonly tp: number
  readonly pp: number
  readonly attentionDp: number
  readonly moeTp: number
  readonly moeEp: number
}

/** GPUs of one replica. */
export function gpusOf(layout: Layout): number {
  return layout.tp * layout.pp * layout.attentionDp
}

/**
 * The layout that a row of the measured sample means. The sample writes expert parallelism in three ways; the same
 * measurement (equal to four digits) stands in it as `tp 8, experts 1 x 8` and as `tp 64, experts 8 x 8`, and as
 * `tp 4, experts 1 x 4` and as `tp 4, attention dp 4, experts 1 x 16`, a quarter of the batch each. Some 50 such pairs
 * were found; the first way is taken. `batch` comes back as the requests that run on the whole replica.
 */
export function normalLayout(layout: Layout, batch: number): { readonly layout: Layout; readonly batch: number } {
  const { tp, attentionDp, moeTp, moeEp } = layout
  if (moeTp > 1 && moeTp === moeEp && tp * attentionDp === moeTp * moeEp) {
    const data = tp === 1 ? moeTp : 1
    return { layout: { ...layout, tp: tp === 1 ? 1 : moeTp, attentionDp: data, moeTp: 1 }, batch: batch * data }
  }
  if (attentionDp > 1 && tp === attentionDp && moeTp === 1 && moeEp === tp * tp) return { layout: { ...layout, attentionDp: 1, moeEp: tp }, batch: batch * attentionDp }
  return { layout, batch: batch * attentionDp }
}
