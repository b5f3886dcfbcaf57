import { Banner } from '../../shared/banner.tsx';
import { useLanguage } from '../../shared/language.tsx';
import { Link } from '../../shared/router.tsx';
import { clockText } from '../../shared/time.ts';
import { useServerNow } from '../../shared/use-server-now.tsx';
import { AiDisplays } from '../reading-list/ai-display.tsx';
import {
  aiViews,
  claimView,
  classView,
  dueView,
  flagViews,
  locationView,
  patientView,
  studyView,
  whyView,
} from '../reading-list/view-model.ts';
import { useSession } from '../session/use-session.tsx';
import { StudyActions } from './study-actions.tsx';
import {
  ClockSection,
  ConflictSection,
  OrderSection,
  RunSection,
  SeriesSection,
  TimelineSection,
} from './study-sections.tsx';
import { useStudy } from './use-study.ts';

export function StudyPage({ studyId }: { readonly studyId: string }) {
  const { labels, language } = useLanguage();
  const { user } = useSession();
  const now = useServerNow();
  const { detail, timeline, missing, staleSince, refresh } = useStudy(studyId);
  const stale =
    staleSince === null ? null : (
      <Banner tone="alarm">{labels.list.stale(clockText(staleSince, Date.now(), labels))}</Banner>
    );
  const back = (
    <p className="back">
      <Link to="/">← {labels.study.back}</Link>
    </p>
  );
  if (detail === null) {
    return (
      <main className="study-page">
        {stale}
        {back}
        <p className="list-message">{missing ? labels.study.missing : labels.list.loading}</p>
      </main>
    );
  }
  const { row } = detail;
  const patient = patientView(row, labels, now);
  const study = studyView(row, labels);
  const location = locationView(row, labels);
  const due = dueView(row, labels, now);
  const urgency = classView(row, labels);
  const why = whyView(row, labels, language);
  const claim = claimView(row, labels, now, user?.user ?? null);
  return (
    <main className="study-page">
      {stale}
      {back}
      <header className={`study-head class-${urgency.tone}`}>
        <div>
          <h1>
            <span className="modality">{study.modality}</span> {study.title}
          </h1>
          <p>
            <strong>{patient.name}</strong> <span className="quiet">{patient.facts}</span>
          </p>
          <p className="quiet">
            {[location.title, location.facts, study.facts].filter((text) => text !== '').join(' · ')}
          </p>
        </div>
        <div className="study-due">
          <span className={`class-chip chip-${urgency.tone}`}>{urgency.text}</span>
          <span className={`due due-${due.tone}`}>{due.text}</span>
          <span className="quiet">{due.detail}</span>
          {claim === null ? null : <span className={claim.isMine ? 'claim mine' : 'claim'}>{claim.text}</span>}
          {flagViews(row, labels).map(({ flag, text }) => (
            <span key={flag} className={`flag flag-${flag}`}>
              {text}
            </span>
          ))}
        </div>
      </header>
      <ConflictSection detail={detail} />
      <StudyActions row={row} isMine={claim?.isMine === true} onActed={refresh} />
      <div className="columns">
        <div>
          <section>
            <h2>{labels.why.title}</h2>
            <p className="why-sentence">{why.sentence}</p>
            <ol className="reasons">
              {row.reasons.map((reason) => (
                <li key={`${reason.code} ${reason.ruleId}`}>
                  {reason.text[language]} <span className="quiet">{reason.ruleId}</span>
                </li>
              ))}
            </ol>
            <p className="quiet">
              {labels.why.policy} {row.policyHash.slice(0, 12)}
            </p>
          </section>
          <section>
            <h2>AI</h2>
            <AiDisplays views={aiViews(row, labels, now)} none={labels.ai.none} />
          </section>
          <RunSection detail={detail} now={now} />
          <OrderSection detail={detail} />
        </div>
        <div>
          <ClockSection detail={detail} now={now} />
          <TimelineSection entries={timeline} now={now} />
          <SeriesSection detail={detail} now={now} />
        </div>
      </div>
    </main>
  );
}
