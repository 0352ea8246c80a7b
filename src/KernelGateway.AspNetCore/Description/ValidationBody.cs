using System.ComponentModel;

namespace KernelGateway.AspNetCore.Description;

/// <summary>The body of a 422 answer.</summary>
[Description("What is wrong with a request body, in the form of FastAPI's answers.")]
internal sealed record ValidationBody([property: Description("One entry for each fault.")] IReadOnlyList<ValidationFault> Detail);
