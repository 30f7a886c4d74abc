"""What an operator sets for the submissions service, beside what every service has."""

from pydantic import Field
from pydantic_core import Url

from services.submissions.domain.attachments import MEBIBYTE, Allowance
from shared.rates.settings import RateSettings
from shared.settings import HttpUrl, Settings


class SubmissionsSettings(Settings, RateSettings):
    """``public_url`` is where practices are found for ever: their addresses are made of it. Sizes are in bytes.

    ``import_owner`` is whose an imported draft is until an import names somebody.
    """

    database: str = Field(min_length=1, max_length=63, default="practice_exchange_submissions")
    port: int = Field(default=8101, ge=1, le=65535)
    public_url: HttpUrl = Url("http://127.0.0.1:8101")
    review_after_months: int = Field(default=24, ge=1, le=120)
    file_bytes: int = Field(default=25 * MEBIBYTE, ge=1)
    contribution_bytes: int = Field(default=100 * MEBIBYTE, ge=1)
    contribution_files: int = Field(default=50, ge=1)
    import_owner: str = "importer"
    timer_seconds: float = Field(default=5.0, gt=0)
    loose_file_seconds: float = Field(default=3600.0, ge=0)

    @property
    def allowance(self) -> Allowance:
        """How much one contribution may carry."""
        return Allowance(
            per_file=self.file_bytes, per_contribution=self.contribution_bytes, files=self.contribution_files
        )
