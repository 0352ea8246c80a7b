using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Calls a handler with the path of the request, and answers what it throws.</summary>
internal static class ContentsAnswer
{
    /// <summary>Runs a handler of a route that ends with <c>{**path}</c>.</summary>
    public static async Task RunAsync(HttpContext context, Func<ContentsPath, Task> handler)
    {
        ContentsPath? path = null;
        try
        {
            // Routing leaves an escaped slash escaped. Jupyter's server does not distinguish the two.
            var text = (string?)context.GetRouteValue("path") ?? "";
            path = ContentsPath.Parse(text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
            await handler(path);
        }
        catch (ContentsException exception) when (!context.Response.HasStarted)
        {
            await JupyterError.WriteAsync(context, exception.Status, exception.Message, exception.Reason);
        }
        catch (SandboxFileException exception) when (!context.Response.HasStarted)
        {
            var failure = ContentsException.From(exception, path!);
            await JupyterError.WriteAsync(context, failure.Status, failure.Message, failure.Reason);
        }
        catch (JupyterBodyException exception) when (!context.Response.HasStarted)
        {
            await JupyterError.BadRequestAsync(context, exception.Message);
        }
        catch (BodyMemoryException) when (!context.Response.HasStarted)
        {
            await JsonBody.NoMemoryAsync(context, "the content");
        }
    }
}
