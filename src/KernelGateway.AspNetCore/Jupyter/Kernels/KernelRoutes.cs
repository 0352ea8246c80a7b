using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>The routes of kernels, with their descriptions.</summary>
internal static class KernelRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string Unknown = "There is no kernel with this id.";

    public static void Map(RouteTable routes, KernelEndpoints endpoints, KernelControlEndpoints control)
    {
        routes.Map("GET", "/api/kernels", endpoints.ListAsync)
            .Describe("jupyter_list_kernels", "Lists the kernels of all contexts.")
            .Answers<KernelBody[]>(200, Json, "The kernels, in the order in which they were started.");
        routes.Map("POST", "/api/kernels", endpoints.StartAsync)
            .Describe(
                "jupyter_start_kernel",
                "Starts a kernel and waits until it is ready.",
                "No body, and `null`, count as `{}`. The kernel is also a context with the same id.")
            .Takes<StartKernelBody>(Json, isOptional: true)
            .Answers<KernelBody>(201, Json, "The kernel; `Location` has its path.")
            .Answers<JupyterErrorBody>(400, Json, "The body is not as described.")
            .Answers<JupyterErrorBody>(403, Json, "The maximum number of kernels is reached (`Resource Limit`).")
            .Answers<JupyterErrorBody>(409, Json, "The kernel was deleted before it was ready, or a kernel with this id is being started.")
            .Answers<JupyterErrorBody>(413, Json, "The body is too long.")
            .Answers<JupyterErrorBody>(415, Json, "The body is not declared as JSON and the request has no token, so a web page could have sent it; or the body has an encoding other than gzip and deflate.")
            .Answers<JupyterErrorBody>(500, Json, "It did not start, or there is no such kernelspec; the message states the reason, or lists the kernelspecs.")
            .Answers<JupyterErrorBody>(503, Json, "The gateway is stopping, or has no memory for the body at the moment.");
        routes.Map("GET", "/api/kernels/{id}", endpoints.ShowAsync)
            .Describe("jupyter_get_kernel", "Returns a kernel and its state.")
            .Answers<KernelBody>(200, Json, "The kernel.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("DELETE", "/api/kernels/{id}", endpoints.DeleteAsync)
            .Describe(
                "jupyter_delete_kernel",
                "Shuts a kernel down; an attached kernel is detached and continues to run.",
                "A start of a kernel with this id is cancelled.")
            .Answers<Nothing>(204, null, "Its process has ended.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("POST", "/api/kernels/{id}/interrupt", control.InterruptAsync)
            .Describe("jupyter_interrupt_kernel", "Interrupts the code that a kernel runs, of any client. The answer is sent after one second at the latest.")
            .Answers<Nothing>(204, null, "The code was interrupted, or the interrupt continues.")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(409, Json, "The kernel is dead, or can be interrupted by a restart only, which is not possible now.")
            .Answers<JupyterErrorBody>(500, Json, "It can be interrupted by a restart only, which failed.");
        routes.Map("POST", "/api/kernels/{id}/restart", control.RestartAsync)
            .Describe("jupyter_restart_kernel", "Replaces a kernel's process: the id stays the same, the variables are lost.", "Concurrent requests cause one restart.")
            .Answers<KernelBody>(200, Json, "The kernel; it is ready.")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(409, Json, "The kernel is attached, so only its owner can restart it; or no new process can be started now and the old one continues.")
            .Answers<JupyterErrorBody>(500, Json, "The new process did not start; the message states the reason.");
    }
}
