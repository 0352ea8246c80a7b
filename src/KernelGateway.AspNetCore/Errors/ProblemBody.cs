using System.ComponentModel;

namespace KernelGateway.AspNetCore.Errors;

/// <summary>Problem details (RFC 9457).</summary>
[Description("Problem details (RFC 9457). Programs go by `code`, which is never renamed.")]
internal sealed record ProblemBody(
    [property: Description("The name of the status code.")] string Title,
    [property: Description("The status code.")] int Status,
    [property: Description("What went wrong, as a word for programs: `queue_full`, `unauthorized`, `too_large`, and so on.")] string Code,
    [property: Description("What went wrong, as a sentence for people.")] string Detail);
